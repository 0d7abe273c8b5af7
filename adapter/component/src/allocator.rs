//! The guest's allocator: lists of free blocks by size, over the allocator of the standard library.
//!
//! A message takes and gives back thousands of texts of a few bytes. A block of up to [`LARGEST`] bytes is rounded up to a
//! multiple of [`STEP`], and each of these sizes has a list of its free blocks: to take or to give back one is to pop or
//! push. New blocks are cut from pieces of [`PIECE`] bytes. Whatever is larger, or wants an alignment above [`STEP`], goes
//! to the allocator of the standard library.
//!
//! Small blocks stay in their list for good, so an instance holds as many of a size as it ever needed at once. Nothing is
//! written beside the blocks: whoever gives one back states its size.
#![expect(unsafe_code, reason = "an allocator hands out memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// Sizes of small blocks are multiples of this, in bytes; a power of two. Also their alignment.
const STEP: usize = 16;
/// Largest small block, in bytes.
const LARGEST: usize = 1024;
/// Number of sizes.
const SIZES: usize = LARGEST / STEP;
/// What is taken at once to cut small blocks from, in bytes.
const PIECE: usize = 64 * 1024;

#[global_allocator]
static ALLOCATOR: Allocator =
    Allocator { free: [const { Cell::new(None) }; SIZES], rest: Cell::new(ptr::null_mut()), left: Cell::new(0) };

/// A free block; its first word leads to the next one.
struct Free {
    next: Option<NonNull<Free>>,
}

struct Allocator {
    free: [Cell<Option<NonNull<Free>>>; SIZES],
    /// What is left of the newest piece.
    rest: Cell<*mut u8>,
    left: Cell<usize>,
}

#[cfg(target_feature = "atomics")]
compile_error!("the allocator is for one thread; build the component without the target feature `atomics`");

// SAFETY: a component of this kind has one thread: without `atomics` there can be no other.
unsafe impl Sync for Allocator {}

impl Allocator {
    /// The list for a layout; none where it is not small.
    fn list(&self, layout: Layout) -> Option<&Cell<Option<NonNull<Free>>>> {
        if layout.align() > STEP {
            return None;
        }
        self.free.get(layout.size().wrapping_sub(1) / STEP)
    }

    /// Cuts a new block.
    #[cold]
    fn cut(&self, size: usize) -> *mut u8 {
        let size = size.next_multiple_of(STEP);
        if self.left.get() < size {
            // The end of the last piece is left unused: at most one block of each size.
            // SAFETY: the layout has a size.
            let piece = unsafe { System.alloc(Layout::new::<[u128; PIECE / STEP]>()) };
            if piece.is_null() {
                return piece;
            }
            self.rest.set(piece);
            self.left.set(PIECE);
        }
        let block = self.rest.get();
        self.rest.set(block.wrapping_add(size));
        self.left.set(self.left.get() - size);
        block
    }
}

// SAFETY: a block is in a list or in use, never both: `alloc` takes it out and `dealloc` puts it back under the size it was
// taken with. Blocks do not overlap, because each is cut once, and are aligned to STEP, because pieces and sizes are.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(list) = self.list(layout) else {
            // SAFETY: the caller's promise is handed on.
            return unsafe { System.alloc(layout) };
        };
        match list.get() {
            Some(block) => {
                // SAFETY: what is in a list is a free block with its link in it.
                list.set(unsafe { block.as_ref() }.next);
                block.as_ptr().cast()
            }
            None => self.cut(layout.size()),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match (self.list(layout), NonNull::new(block.cast::<Free>())) {
            (Some(list), Some(free)) => {
                // SAFETY: the block is the caller's no longer, at least STEP bytes long and aligned to that.
                unsafe { free.write(Free { next: list.get() }) };
                list.set(Some(free));
            }
            // SAFETY: what is in no list came from there.
            _ => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size is valid for the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (self.list(layout), self.list(wanted)) {
            // SAFETY: both are the standard library's.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            (Some(had), Some(wants)) if ptr::eq(had, wants) => block,
            // SAFETY: the two blocks are as long as their layouts and do not overlap.
            _ => unsafe {
                let new = self.alloc(wanted);
                if !new.is_null() {
                    ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                new
            },
        }
    }
}
