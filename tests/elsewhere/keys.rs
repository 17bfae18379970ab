//! Keys in other threads, and the types that use them.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use eccsi_sakke::eccsi::{self, Issue, IssuedPair, Sign, Signature, SigningKey};
use eccsi_sakke::kms::{self, KeyWrap, Mac, SharedKey, SharedKeyId, TransportKey, UnwrapKey};
use eccsi_sakke::sakke::{self, Decapsulate, Encapsulation, Extract, ReceiverKey, SharedSecret};
use eccsi_sakke::{Error, Identifier, TryError};
use getrandom::rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::rng;

type Question<K> = Box<dyn FnOnce(&K) + Send>;

/// A key in a thread, which ends when nobody can ask it any more.
pub struct Elsewhere<K> {
    thread: mpsc::Sender<Question<K>>,
    is_reachable: Rc<Cell<bool>>,
}

impl<K> Clone for Elsewhere<K> {
    fn clone(&self) -> Self {
        Self { thread: self.thread.clone(), is_reachable: self.is_reachable.clone() }
    }
}

impl<K: Send + 'static> Elsewhere<K> {
    pub fn new(key: K) -> Self {
        let (thread, questions) = mpsc::channel::<Question<K>>();
        thread::spawn(move || questions.into_iter().for_each(|question| question(&key)));
        Self { thread, is_reachable: Rc::new(Cell::new(true)) }
    }

    pub fn set_reachable(&self, is_reachable: bool) {
        self.is_reachable.set(is_reachable);
    }

    /// The answer of the thread.
    pub fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&K) -> T + Send + 'static,
    ) -> Result<T, Error> {
        if !self.is_reachable.get() {
            return Err(Error::Unavailable);
        }
        let (answer, answered) = mpsc::channel();
        let question = Box::new(move |key: &K| _ = answer.send(question(key)));
        self.thread.send(question).map_err(|_| Error::Unavailable)?;
        answered.recv().map_err(|_| Error::Unavailable)
    }
}

/// KSAK, and a change to the pair on its way back.
pub struct Issuer {
    pub kpak: eccsi::KmsPublicKey,
    pub ksak: Elsewhere<eccsi::KmsSecretKey>,
    pub change: fn(&eccsi::KmsSecretKey, &mut IssuedPair),
}

impl Issue for Issuer {
    fn kpak(&self) -> &eccsi::KmsPublicKey {
        &self.kpak
    }

    fn issue_pair<R: TryCryptoRng + ?Sized>(
        &self,
        _rng: &mut R,
        identifier: &Identifier,
    ) -> Result<IssuedPair, TryError<R::Error>> {
        let (identifier, change) = (*identifier, self.change);
        let issue = move |ksak: &eccsi::KmsSecretKey| {
            let key = ksak.issue(&mut rng(), identifier)?;
            let mut pair = IssuedPair { ssk: key.ssk(), pvt: key.pvt() };
            change(ksak, &mut pair);
            Ok::<_, Error>(pair)
        };
        Ok(self.ksak.ask(issue)??)
    }
}

/// z, and another identifier whose key it returns.
pub struct Extractor {
    pub public: sakke::KmsPublicKey,
    pub z: Elsewhere<sakke::KmsSecretKey>,
    /// The identifier whose key is returned instead.
    pub instead: Option<Identifier>,
}

impl Extract for Extractor {
    fn z(&self) -> &sakke::KmsPublicKey {
        &self.public
    }

    fn extract(&self, id: &Identifier) -> Result<ReceiverKey, Error> {
        let id = self.instead.unwrap_or(*id);
        let octets = self.z.ask(move |z| z.extract(&id).map(|key| key.to_bytes()))??;
        ReceiverKey::new(octets.as_slice(), &id, &self.public)
    }
}

/// SSK, and changes to the message on its way there and to the signature on its way back.
pub struct Signer {
    pub identifier: Identifier,
    pub kpak: eccsi::KmsPublicKey,
    pub ssk: Elsewhere<SigningKey>,
    pub there: fn(&mut Vec<u8>),
    pub back: fn(&mut [u8; 129]),
}

impl Signer {
    pub fn new(identifier: Identifier, kpak: eccsi::KmsPublicKey, key: &SigningKey) -> Self {
        let ssk = Elsewhere::new(key.clone());
        Self { identifier, kpak, ssk, there: |_| (), back: |_| () }
    }
}

impl Sign for Signer {
    fn has_signing_key(&self, identifier: &Identifier, kpak: &eccsi::KmsPublicKey) -> bool {
        self.identifier == *identifier && self.kpak == *kpak
    }

    fn signature<R: TryCryptoRng + ?Sized>(
        &self,
        _rng: &mut R,
        _: &Identifier,
        _: &eccsi::KmsPublicKey,
        message: &[u8],
    ) -> Result<Signature, TryError<R::Error>> {
        let mut message = message.to_vec();
        (self.there)(&mut message);
        let mut octets = self.ssk.ask(move |key| key.sign(&mut rng(), &message))??.to_bytes();
        (self.back)(&mut octets);
        Ok(Signature::try_from(&octets)?)
    }
}

/// RSK.
pub struct Receiver {
    pub identifier: Identifier,
    pub z: sakke::KmsPublicKey,
    pub rsk: Elsewhere<ReceiverKey>,
}

impl Receiver {
    pub fn new(identifier: Identifier, z: sakke::KmsPublicKey, key: &ReceiverKey) -> Self {
        Self { identifier, z, rsk: Elsewhere::new(key.clone()) }
    }
}

impl Decapsulate for Receiver {
    fn has(&self, identifier: &Identifier, z: &sakke::KmsPublicKey) -> bool {
        self.identifier == *identifier && self.z == *z
    }

    fn open(
        &self,
        _: &Identifier,
        _: &sakke::KmsPublicKey,
        encapsulation: &Encapsulation,
    ) -> Result<SharedSecret, Error> {
        let encapsulation = *encapsulation;
        self.rsk.ask(move |key| key.decapsulate(&encapsulation))?
    }
}

/// TrK or InK of a client: the number of a slot, and a thread with the key in that slot.
#[derive(Clone)]
pub struct Slot {
    pub id: SharedKeyId,
    pub name: Option<&'static str>,
    pub key: Elsewhere<TransportKey>,
    /// A change to the unwrapped key on its way back.
    pub back: fn(&mut Vec<u8>),
}

impl Slot {
    pub fn new(id: u32, octets: [u8; 32]) -> Self {
        let id = SharedKeyId(id);
        let key = TransportKey::new(id, octets).expect("32 octets");
        Self { id, name: None, key: Elsewhere::new(key), back: |_| () }
    }
}

impl SharedKey for Slot {
    fn id(&self) -> SharedKeyId {
        self.id
    }

    fn name(&self) -> Option<&str> {
        self.name
    }
}

impl UnwrapKey for Slot {
    fn unwrap_key(&self, wrap: KeyWrap, octets: &[u8]) -> Result<Zeroizing<Vec<u8>>, kms::Error> {
        let octets = octets.to_vec();
        let mut key = self.key.ask(move |key| wrap.unwrap(&*key.to_bytes(), &octets))??;
        (self.back)(&mut key);
        Ok(key)
    }
}

impl Mac for Slot {
    fn try_mac(&self, signed: &[u8]) -> Result<[u8; 32], Error> {
        let signed = signed.to_vec();
        self.key.ask(move |key| key.mac(&signed))
    }
}

/// Two slots have the same key if they have the same number.
impl ConstantTimeEq for Slot {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.id.0.ct_eq(&other.id.0)
    }
}
