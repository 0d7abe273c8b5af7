//! What can go wrong around an instance.

/// Why a call did not give a result.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// No component is built into this program and none was named.
    #[error("this program carries no component")]
    NoComponent,
    /// The component's file could not be read, or its cached form not be written.
    #[error("component file {path}: {source}")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The engine could not be made on this machine.
    #[error("the WebAssembly engine could not be set up: {0}")]
    Engine(String),
    /// The bytes are no component, or not one of this interface.
    #[error("the component could not be loaded: {0}")]
    Component(String),
    /// An instance could not be made.
    #[error("an instance could not be made: {0}")]
    Instantiate(String),
    /// The profile was refused by the component.
    #[error("the profile was refused: {0}")]
    Profile(String),
    /// The call used more time than it may.
    #[error("the component ran longer than {millis} ms and was stopped")]
    OutOfTime {
        /// The limit.
        millis: u64,
    },
    /// The call used more memory than it may.
    #[error("the component needed more than {bytes} bytes of memory and was stopped")]
    OutOfMemory {
        /// The limit.
        bytes: usize,
    },
    /// What came back is larger than allowed.
    #[error("the component gave back more than {bytes} bytes")]
    OutputTooLarge {
        /// The limit.
        bytes: usize,
    },
    /// The component broke down. The instance is gone; the next call gets a new one.
    #[error("the component stopped with a fault ({0})")]
    Trap(String),
    /// The work around a call panicked; standard error says where. It would do so again with the same input.
    #[error("the work with the component broke down")]
    Panicked,
    /// The program is shutting down.
    #[error("the program is shutting down")]
    Stopped,
}
