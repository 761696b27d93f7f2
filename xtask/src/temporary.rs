//! Private temporary folders.

use std::fs::DirBuilder;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// Makes a folder with a fresh name. Others may pass through it to what they own inside, but may not list it.
pub(crate) fn make_folder(purpose: &str) -> Outcome<PathBuf> {
    // The path of a Unix socket holds about a hundred bytes; some systems give every user a long temporary folder.
    let parent = Some(std::env::temp_dir()).filter(|path| path.as_os_str().len() < 60);
    let parent = parent.unwrap_or_else(|| PathBuf::from("/tmp"));
    let folder = parent.join(format!("{purpose}-{}-{}", std::process::id(), random_hex(4)?));
    // `create` fails when the name is taken, so nobody can have prepared the folder.
    DirBuilder::new()
        .mode(0o711)
        .create(&folder)
        .map_err(|error| format!("the folder {} could not be made: {error}", folder.display()))?;
    Ok(folder)
}

/// Letters and digits that cannot be guessed, two for each byte.
pub(crate) fn random_hex(bytes: usize) -> Outcome<String> {
    let mut random = vec![0; bytes];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .map_err(|error| format!("/dev/urandom could not be read: {error}"))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A folder that is removed together with this value.
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes the folder.
    pub(crate) fn new(purpose: &str) -> Outcome<TemporaryFolder> {
        make_folder(purpose).map(TemporaryFolder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("the folder {} is left behind: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_goes_with_what_is_in_it() {
        let folder = TemporaryFolder::new("orm-xtask-test").expect("a folder");
        let path = folder.path().to_path_buf();
        std::fs::write(path.join("file"), "text").expect("a file");
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn random_text_is_as_long_as_asked_and_differs() {
        let first = random_hex(12).expect("random bytes");
        assert_eq!(first.len(), 24);
        assert_ne!(first, random_hex(12).expect("random bytes"));
    }
}
