//! Framing must not depend on how the network cuts the bytes.

use bridge_types::mllp::{Block, Decoder, FrameError, encode, is_wide};
use proptest::prelude::*;

/// Feeds `bytes` cut at `cuts` (taken modulo the length) and collects everything that comes out.
fn decode(bytes: &[u8], cuts: &[usize], limit: usize) -> (Vec<Block>, Option<FrameError>) {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let mut decoder = Decoder::new(limit);
    let mut blocks = Vec::new();
    for pair in cuts.windows(2) {
        let mut rest = &bytes[pair[0]..pair[1]];
        loop {
            match decoder.decode(&mut rest) {
                Ok(Some(block)) => blocks.push(block),
                Ok(None) => break,
                Err(error) => {
                    blocks.extend(decoder.finish());
                    return (blocks, Some(error));
                }
            }
        }
    }
    blocks.extend(decoder.finish());
    (blocks, None)
}

/// What senders put between blocks.
fn gap() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![b'\r', b'\n', 0, b' ', 0x06]), 0..4)
}

/// Text that could be a message: no framing bytes, and not shaped like UTF-16.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>().prop_filter("framing byte", |byte| !matches!(byte, 0x0B | 0x1C)), 0..60)
        .prop_filter("wide", |payload| !is_wide(payload))
}

proptest! {
    #[test]
    fn every_split_of_well_formed_blocks_gives_their_payloads(
        messages in prop::collection::vec((gap(), payload(), any::<bool>()), 0..6),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let mut bytes = Vec::new();
        for (gap, payload, closed) in &messages {
            bytes.extend_from_slice(gap);
            bytes.extend(encode(payload));
            if !closed {
                bytes.pop();
            }
        }
        let expected: Vec<&[u8]> = messages.iter().map(|(_, payload, _)| payload.as_slice()).collect();
        let (blocks, error) = decode(&bytes, &cuts, 1024);
        prop_assert_eq!(error, None);
        let found: Vec<&[u8]> = blocks.iter().map(|block| match block {
            Block::Frame(payload) => payload.expose().as_slice(),
            Block::Interrupted(_) | Block::Stray(_) | Block::Damaged(_) => b"not a frame",
        }).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_decode_the_same_however_they_are_split(
        bytes in prop::collection::vec(
            prop_oneof![3 => prop::sample::select(b"\x0B\x1C\r\nMSHFB|\0\xFE\xFF".to_vec()), 1 => any::<u8>()], 0..200),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
        limit in 1_usize..64,
    ) {
        // A closing byte closes or damages by what follows it in the same read.
        let bytes: Vec<u8> =
            bytes.iter().flat_map(|byte| if *byte == 0x1C { vec![0x1C, b'\r'] } else { vec![*byte] }).collect();
        prop_assert_eq!(decode(&bytes, &cuts, limit), decode(&bytes, &[], limit));
    }

    #[test]
    fn no_text_is_lost(
        bytes in prop::collection::vec(prop::sample::select(b"\x0B\x1C\rMSH|abc".to_vec()), 0..200),
    ) {
        let text = |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().filter(|byte| *byte > b' ').collect() };
        let (blocks, _) = decode(&bytes, &[], 1024);
        let found: Vec<u8> = blocks.iter().flat_map(|block| match block {
            Block::Frame(bytes) | Block::Interrupted(bytes) | Block::Stray(bytes) | Block::Damaged(bytes) => text(bytes.expose()),
        }).collect();
        prop_assert_eq!(found, text(&bytes));
    }
}
