use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The hash of the lines that a person saw before they approved an operation, each a label and a value: what the claim
/// `display` holds. In words: base64url without padding of SHA-256 over the text `biometry-gate/display/1`, the number of
/// lines, and for each line its label and its value; numbers are 8 bytes, the highest first, and each text stands behind
/// the number of its bytes in UTF-8.
///
/// ```
/// use biometry_gate_receipts::display_hash;
///
/// let hash = display_hash(&[("Payee", "Zoë Example"), ("Amount", "12.50 AUD")]);
/// assert_eq!(hash, "JyNLEBDEH2U36hg3AXdXufxNphXTZx1j0n_pJYS41KY");
/// ```
pub fn display_hash(lines: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    text(&mut hash, "biometry-gate/display/1");
    hash.update((lines.len() as u64).to_be_bytes());
    for (label, value) in lines {
        text(&mut hash, label);
        text(&mut hash, value);
    }
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}
