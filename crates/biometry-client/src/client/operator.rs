//! What an operator does rather than a user: keys, transactions, webhooks.

use super::Client;
use crate::{
    ApiKey, Error, Flag, KeyInfo, ListTransactions, NewWebhook, Reply, RequestId, Samples, Tag,
    TransactionList, Webhook,
};
use crate::{request, response};

impl Client {
    /// Asks about the key this client calls with: `GET /api-projects/public/apikeys`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind); a key that is not accepted is
    /// [`KeyRejected`](crate::ErrorKind::KeyRejected).
    pub async fn key_info(&self) -> Result<Reply<KeyInfo>, Error> {
        let call = request::key::info(self.target())?;
        self.answer(call).await?.parse(response::key::parse_info)
    }

    /// Mints a new key: `POST /api-projects/public/apikeys`. Only keys made for it in the dashboard can
    /// (see [`KeyInfo::can_mint`]).
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). After [`MaybeSent`](crate::Delivery::MaybeSent) a key may
    /// exist whose value was never received.
    pub async fn mint_key(&self) -> Result<Reply<ApiKey>, Error> {
        let call = request::key::mint(self.target())?;
        self.answer(call).await?.parse(response::key::parse_minted)
    }

    /// Revokes the key with this id: `DELETE /api-projects/public/apikeys/{id}`. Keys end in no other
    /// way.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). An unknown id may show as
    /// [`KeyRejected`](crate::ErrorKind::KeyRejected), if the platform words it as it words a bad key.
    pub async fn revoke_key(&self, id: &str) -> Result<Reply<()>, Error> {
        let call = request::key::revoke(self.target(), id)?;
        self.answer(call).await?.parse(response::transaction::parse_done)
    }

    /// Lists transactions: `POST /api-transactions/transactions`. What the reply looks like is not
    /// documented, see [`TransactionList`].
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn list_transactions(&self, ask: ListTransactions) -> Result<Reply<TransactionList>, Error> {
        let call = ask.into_call(self.target())?;
        let answer = self.answer(call).await?;
        let text = answer.body.clone();
        answer.parse(|root| response::transaction_list::parse_list(root, &text))
    }

    /// Where the media of a transaction can be fetched: `GET /api-transactions/transactions/{id}/samples`.
    /// A transaction's id is the [`RequestId`] of the call that made it.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn transaction_samples(&self, transaction: &RequestId) -> Result<Reply<Samples>, Error> {
        let call = request::transaction::samples(self.target(), transaction)?;
        self.answer(call).await?.parse(response::transaction::parse_samples)
    }

    /// Sets the tags of a transaction: `PUT /api-transactions/transactions/{id}/tags`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn tag_transaction(&self, transaction: &RequestId, tags: &[Tag]) -> Result<Reply<()>, Error> {
        let call = request::transaction::tag(self.target(), transaction, tags)?;
        self.answer(call).await?.parse(response::transaction::parse_done)
    }

    /// Marks a transaction: `PUT /api-transactions/transactions/{id}/flag`.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn flag_transaction(&self, transaction: &RequestId, flag: Flag) -> Result<Reply<()>, Error> {
        let call = request::transaction::flag(self.target(), transaction, flag)?;
        self.answer(call).await?.parse(response::transaction::parse_done)
    }

    /// Creates a webhook: `POST /api-gateway/webhooks`. How deliveries are signed is not documented
    /// by the platform.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). After [`MaybeSent`](crate::Delivery::MaybeSent) a webhook
    /// may exist whose secret was never received.
    pub async fn create_webhook(&self, webhook: NewWebhook) -> Result<Reply<Webhook>, Error> {
        let call = webhook.into_call(self.target())?;
        self.answer(call).await?.parse(response::webhook::parse_created)
    }
}
