//! Transactions: one for every upload that was answered, under its request id.

use crate::operation::Operation;

#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) operation: Operation,
    pub(crate) user: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) flag: Flag,
    pub(crate) created_at: String,
}

/// How a transaction is marked for review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    Fine,
    PossiblyFraudulent,
    Fraudulent,
}

impl Flag {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Fine, Self::PossiblyFraudulent, Self::Fraudulent]
            .into_iter()
            .find(|flag| flag.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::PossiblyFraudulent => "possibly_fraudulent",
            Self::Fraudulent => "fraudulent",
        }
    }
}
