-- Credits that came in together and expire together. No credit leaves a package but into another column of it.
create table packages (
  account_id   text    not null references accounts (id),
  id           text    not null,
  kind         text    not null check (kind in ('promo', 'paid')),
  reference    text    not null,            -- the grant's idempotency key, unique over all accounts
  granted      integer not null check (granted between 1 and 9007199254740991),
  remaining    integer not null check (remaining >= 0),
  held         integer not null check (held >= 0),
  spent        integer not null check (spent >= 0),
  expired      integer not null check (expired >= 0),
  clawed_back  integer not null check (clawed_back >= 0),
  granted_at   integer not null,
  expires_at   integer check (expires_at > granted_at),          -- null: never
  grace_until  integer check (grace_until > expires_at),         -- set when credits came back after the expiry
  primary key (account_id, id),
  constraint package_conserves_credits
    check (granted = remaining + held + spent + expired + clawed_back),
  constraint package_reference_is_unique unique (reference)
) strict, without rowid;

-- What was granted, and until when, is history.
create trigger packages_keep_their_grant before update on packages
when new.granted <> old.granted or new.kind <> old.kind or new.reference <> old.reference
  or new.granted_at <> old.granted_at or new.expires_at is not old.expires_at
begin
  select raise(abort, 'package_grant_is_final');
end;

create trigger packages_stay before delete on packages
begin
  select raise(abort, 'packages_are_never_deleted');
end;
