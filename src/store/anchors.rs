//! The heads of journals, and whether what was anchored of them is still there.

use serde::Deserialize;
use serde_json::json;

use super::{Reader, StoreError};
use crate::domain::id::AccountId;
use crate::domain::ledger::{Anchored, Hash};
use crate::ports::{Statement, Value};

const HEADS: &str = "
    select a.id as account, j.seq, j.hash from accounts a
    join journal j on j.account_id = a.id
      and j.seq = (select max(seq) from journal where account_id = a.id)
    where a.id > ?1 order by a.id limit cast(?2 as integer)";

const MISSING: &str = "
    select m.key as place from json_each(?1) m
    left join journal j on j.account_id = m.value->>'account' and j.seq = m.value->>'seq'
    where j.hash is not m.value->>'hash'";

#[derive(Deserialize)]
struct HeadRow {
    account: AccountId,
    seq: u64,
    hash: Hash,
}

#[derive(Deserialize)]
struct PlaceRow {
    place: usize,
}

impl Reader {
    /// The last rows of the journals of the accounts after `after`, in the accounts' order.
    pub async fn heads(
        &self,
        after: Option<AccountId>,
        limit: u16,
    ) -> Result<Vec<Anchored>, StoreError> {
        let after = after.map(|account| account.to_string()).unwrap_or_default();
        let params = [Value::from(after), i64::from(limit).into()];
        let rows: Vec<HeadRow> = self.sql.all(Statement::new(HEADS, params)).await?;
        let anchored = |HeadRow { account, seq, hash }| Anchored { account, seq, hash };
        Ok(rows.into_iter().map(anchored).collect())
    }

    /// Those of these rows that the accounts' journals do not have with these hashes.
    pub async fn missing_rows(&self, rows: Vec<Anchored>) -> Result<Vec<Anchored>, StoreError> {
        if rows.is_empty() {
            return Ok(rows);
        }
        let row = |Anchored { account, seq, hash }: &Anchored| json!({"account": account, "seq": seq, "hash": hash});
        let listed = rows.iter().map(row).collect::<serde_json::Value>();
        let params = [Value::from(listed.to_string())];
        let missing: Vec<PlaceRow> = self.sql.all(Statement::new(MISSING, params)).await?;
        let missing = missing.iter().filter_map(|row| rows.get(row.place));
        Ok(missing.copied().collect())
    }
}
