-- People who sign in here: users, their identities and sessions, and sign-ins that are under way; what was
-- claimed for good; counters of limits; and what operators did to accounts. Of whatever opens a session only hashes are
-- stored.

-- A user exists only once an identity was proven. Their account's subject is `atelier:` and their id.
create table users (
  id         text    primary key not null,
  account_id text    not null unique,
  created_at integer not null
) strict, without rowid;

-- The ways in of a user, one of each method. An e-mail address is the subject where the method is 'email',
-- and elsewhere what the provider tells.
create table identities (
  method    text    not null,
  subject   text    not null,
  user_id   text    not null references users (id),
  email     text,                                    -- if its provider says that it is verified
  name      text,
  claim     text    not null unique,                 -- the one below
  linked_at integer not null,
  primary key (method, subject)
) strict, without rowid;

create unique index identities_of_user on identities (user_id, method);

create index identities_by_email on identities (email) where email is not null;

-- Who an identity was, and may be again: forgetting a person keeps it, so that who comes back finds their
-- credits. While they are here, only their identities let them in. The claim is an HMAC under CLAIMS_SECRET.
create table identity_claims (
  claim      text    primary key not null,
  user_id    text    not null,
  claimed_at integer not null
) strict, without rowid;

-- The mailboxes and identities that got welcome credits, which nobody gets twice: also HMACs, kept for ever.
create table welcome_claims (
  claim      text    primary key not null,
  account_id text    not null,
  claimed_at integer not null
) strict, without rowid;

-- Sessions. The token is in its browser alone; this is its SHA-256.
create table sessions (
  hash         text    primary key not null,
  id           text    not null unique,
  user_id      text    not null references users (id),
  method       text    not null,
  proven_email text,                                 -- whose owner that sign-in proves its user to be
  browser      text,                                 -- such as 'Firefox on Android'
  country      text,                                 -- two letters
  created_at   integer not null,
  seen_at      integer not null,
  ends_at      integer not null,                     -- however often it is used
  expires_at   integer not null check (expires_at <= ends_at)
) strict, without rowid;

create index sessions_of_user on sessions (user_id);

-- Sign-ins under way. The cookie that binds one to its browser is hashed, too, and so is its code. The others are of no
-- use without that cookie.
create table sign_ins (
  hash       text    primary key not null,
  method     text    not null,
  email      text,                                   -- where a code was sent to it
  code       text,                                   -- an HMAC
  tries      integer not null default 0 check (tries between 0 and 5),
  state      text,
  nonce      text,
  verifier   text,
  return_to  text    not null,
  linking    text,                                   -- the user who adds a way in
  created_at integer not null,
  expires_at integer not null check (expires_at > created_at),
  used_at    integer
) strict, without rowid;

-- How often something happened within a window of time, by an HMAC of whom or what is counted.
create table counters (
  what       text    not null,
  of         text    not null,
  window     integer not null,                       -- when it began
  count      integer not null check (count > 0),
  expires_at integer not null,
  primary key (what, of, window)
) strict, without rowid;

-- Accounts that may make and buy nothing, since an operator said so.
create table account_blocks (
  account_id text    primary key not null,
  reason     text    not null check (length(reason) > 0),
  operator   text    not null,
  blocked_at integer not null
) strict, without rowid;

create trigger blocked_accounts_open_no_jobs before insert on jobs
when exists (select 1 from account_blocks where account_id = new.account_id)
begin
  select raise(abort, 'account_is_blocked');
end;

create trigger blocked_accounts_upload_nothing before insert on uploads
when exists (select 1 from account_blocks where account_id = new.account_id)
begin
  select raise(abort, 'account_is_blocked');
end;

-- Every block and its end, in order.
create table account_block_changes (
  account_id text    not null,
  at         integer not null,
  operator   text    not null,
  reason     text,                                   -- null: the block ended
  primary key (account_id, at)
) strict, without rowid;

-- Results that their users reported, which cleanup keeps for an operator.
create table reports (
  account_id  text    not null,
  job_id      text    not null,
  reason      text    not null check (length(reason) > 0),
  reported_at integer not null,
  primary key (account_id, job_id)
) strict, without rowid;

-- Who granted, and who clawed back: an operator's e-mail, or 'token'. Null where nobody did, as for a welcome.
alter table packages add column granted_by text;
alter table clawbacks add column operator text;
