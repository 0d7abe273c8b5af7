//! TLS as the guide wants it: version 1.3, certificates always validated. The crypto provider is named here, so nothing
//! depends on a process-wide default.

use crate::{ConfigError, Setting, Unfit};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// The TLS settings: the system's roots (as `SSL_CERT_FILE` and `SSL_CERT_DIR` may redirect them) and the extra certificates.
///
/// # Errors
///
/// Where the extra certificates cannot be read, or `roots_needed` and there are none.
pub(crate) fn tls_settings(extra_pem: Option<&[u8]>, roots_needed: bool) -> Result<ClientConfig, ConfigError> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = extra_pem {
        add_extra(&mut roots, pem)?;
    }
    if roots_needed {
        // Stores hold expired and odd certificates; those are left out, the rest counts.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(ConfigError::NoRoots);
        }
    }
    let mut settings = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(ConfigError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    settings.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(settings)
}

fn add_extra(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), ConfigError> {
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| no_certificate())?;
        roots.add(certificate).map_err(|_| no_certificate())?;
    }
    if roots.len() == before { Err(no_certificate()) } else { Ok(()) }
}

const fn no_certificate() -> ConfigError {
    Unfit::NoCertificate.of(Setting::ExtraCa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extra_ca_that_is_no_certificate_is_refused() {
        for pem in ["", "no pem at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(
                matches!(
                    tls_settings(Some(pem.as_bytes()), false),
                    Err(ConfigError::Setting { setting: Setting::ExtraCa, why: Unfit::NoCertificate })
                ),
                "{pem}"
            );
        }
    }

    #[test]
    fn plain_loopback_needs_no_roots() {
        assert!(tls_settings(None, false).is_ok());
    }
}
