//! Makes a certificate authority and a server's certificate that it signs, so that tests can check both a connection
//! that is verified and one that must be refused. Everything is thrown away with the servers.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::ServerUser;
use super::programs::find;
use crate::Outcome;

const EXTENSIONS: &str = "\
subjectAltName=DNS:localhost,IP:127.0.0.1
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
";

/// The files that were made.
pub(crate) struct Certificates {
    /// What a client trusts.
    pub(crate) authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

/// Makes the certificates in a folder of their own, or says that there is no `openssl` to make them with.
pub(crate) fn make(parent: &Path) -> Outcome<Option<Certificates>> {
    if find(&["openssl"]).is_none() {
        eprintln!(
            "no `openssl` command found: the servers run without a certificate that tests could verify"
        );
        return Ok(None);
    }
    let folder = parent.join("tls");
    std::fs::DirBuilder::new()
        .mode(0o755)
        .create(&folder)
        .and_then(|()| std::fs::write(folder.join("extensions"), EXTENSIONS))
        .map_err(|error| format!("the folder {} could not be made: {error}", folder.display()))?;
    let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority = ["req", "-x509", "-days", "30", "-subj", "/CN=orm test authority"];
    let request = ["req", "-subj", "/CN=localhost"];
    let sign = ["x509", "-req", "-days", "30", "-CAcreateserial", "-extfile", "extensions"];
    openssl(&folder, &[&authority[..], &new_key, &["-keyout", "ca-key.pem", "-out", "ca.pem"]].concat())?;
    openssl(&folder, &[&request[..], &new_key, &["-keyout", "key.pem", "-out", "request.pem"]].concat())?;
    let files = ["-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-out", "certificate.pem"];
    openssl(&folder, &[&sign[..], &files].concat())?;
    Ok(Some(Certificates {
        authority: folder.join("ca.pem"),
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    }))
}

impl Certificates {
    /// The options of a server that runs as this user, who becomes the owner of the key.
    pub(crate) fn options(&self, user: ServerUser) -> Outcome<[String; 3]> {
        let Certificates { authority, certificate, key } = self;
        std::fs::set_permissions(key, PermissionsExt::from_mode(0o600))
            .map_err(|error| format!("{} cannot be made private: {error}", key.display()))?;
        user.own(key)?;
        Ok([
            format!("--ssl-ca={}", authority.display()),
            format!("--ssl-cert={}", certificate.display()),
            format!("--ssl-key={}", key.display()),
        ])
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("`openssl` could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`openssl {}` failed ({}):\n{}", arguments.join(" "), output.status, said.trim_end()))
}
