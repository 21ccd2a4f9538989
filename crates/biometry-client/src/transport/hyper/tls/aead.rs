//! How records are protected: RFC 8446, section 5.2.

use ring::aead::{self, Aad, LessSafeKey, UnboundKey};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter, Nonce,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm,
    UnsupportedOperationError, make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

pub(super) static AES_128_GCM: Aead = Aead(&aead::AES_128_GCM);
pub(super) static AES_256_GCM: Aead = Aead(&aead::AES_256_GCM);
pub(super) static CHACHA20_POLY1305: Aead = Aead(&aead::CHACHA20_POLY1305);

pub(super) struct Aead(&'static aead::Algorithm);

impl Aead {
    fn records(&self, key: &AeadKey, iv: Iv) -> Records {
        let key =
            UnboundKey::new(self.0, key.as_ref()).expect("rustls makes keys of the length that is set here");
        Records { key: LessSafeKey::new(key), iv }
    }
}

impl Tls13AeadAlgorithm for Aead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(self.records(&key, iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(self.records(&key, iv))
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    /// For the kernel's TLS, which is not used here.
    fn extract_keys(&self, _: AeadKey, _: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// The records of one direction, under one key.
struct Records {
    key: LessSafeKey,
    iv: Iv,
}

impl Records {
    /// Unique for the key: rustls counts records and changes the key before the count wraps.
    fn nonce(&self, number: u64) -> aead::Nonce {
        aead::Nonce::assume_unique_for_key(Nonce::new(&self.iv, number).0)
    }
}

impl MessageEncrypter for Records {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&message.typ.to_array());
        let sealed = self.key.seal_in_place_append_tag(
            self.nonce(number),
            Aad::from(make_tls13_aad(length)),
            &mut payload,
        );
        sealed.map_err(|_| Error::EncryptError)?;
        // The version that every record of TLS 1.3 claims: RFC 8446, section 5.1.
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        let content_type = 1;
        length + content_type + self.key.algorithm().tag_len()
    }
}

impl MessageDecrypter for Records {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let aad = Aad::from(make_tls13_aad(message.payload.len()));
        let opened = self.key.open_in_place(self.nonce(number), aad, &mut message.payload);
        let length = opened.map_err(|_| Error::DecryptError)?.len();
        message.payload.truncate(length);
        message.into_tls13_unpadded_message()
    }
}
