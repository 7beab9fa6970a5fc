-- Who owns credits. The id is derived from the token's subject, so no table has to name the person.
-- Times everywhere are milliseconds since 1970-01-01 UTC; credits are whole numbers.
create table accounts (
  id         text    primary key not null,
  subject    text,                          -- null once the person asked to be forgotten
  created_at integer not null
) strict, without rowid;
