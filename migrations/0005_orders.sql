-- Orders: credits that are bought, the processors' sessions and payments behind them, and money that goes back.

-- A clawback that was undone, since its money came back.
insert into movement_kinds values ('reinstatement', 1, 0);

-- What reversals of its payment take back of a package. While credits remain, nothing is missing of it: credits that
-- return to a package with a shortage are taken in the same batch, or the batch is refused.
alter table packages add column reversal_target integer not null default 0
  check (reversal_target between 0 and granted);
alter table packages add column reversal_taken integer not null default 0
  constraint package_takes_what_it_can
    check (reversal_taken between 0 and clawed_back and reversal_taken <= reversal_target
           and (reversal_taken = reversal_target or remaining = 0));
-- How long the taken credits had to live, in milliseconds; null: nothing is taken, or they never expire.
alter table packages add column reversal_life integer check (reversal_life >= 0);
-- Until when credits that were given back can be used, if that is later than without that.
alter table packages add column reinstated_until integer check (reinstated_until > expires_at);

-- The states of an order: whether a buyer can still pay it, and whether it is paid.
create table order_states (
  state   text    primary key not null,
  is_paid integer not null check (is_paid in (0, 1))
) strict, without rowid;
insert into order_states values
  ('created', 0), ('open', 0), ('pending', 0), ('paid', 1), ('failed', 0), ('expired', 0);

-- Purchases. An order is ours, and comes before anything at its processor.
create table orders (
  account_id         text    not null,      -- it may have nothing else yet
  id                 text    not null unique,
  state              text    not null references order_states (state),
  version            integer not null default 0 check (version >= 0),
  processor          text    not null,
  is_live            integer not null check (is_live in (0, 1)),
  offer              text    not null,
  name               text    not null,
  credits            integer not null check (credits between 1 and 9007199254740991),
  currency           text    not null,
  minor              integer not null check (minor between 1 and 9007199254740991),   -- the price, in minor units
  days               integer check (days > 0),                                        -- null: the credits never expire
  idempotency_key    text,
  tries              integer not null default 0 check (tries >= 0),
  errors             integer not null default 0 check (errors >= 0),
  session_id         text,
  session_url        text,
  session_expires_at integer,
  looks              integer not null default 0 check (looks >= 0),
  pending_since      integer,
  payment            text,                  -- the processor's id of the payment, once it arrived
  paid_at            integer,
  receipt_url        text,                  -- the processor's payment receipt
  package_id         text,                  -- the credits, once they are granted
  is_disputed        integer not null default 0 check (is_disputed in (0, 1)),
  is_in_dispute      integer not null default 0 check (is_in_dispute in (0, 1)),      -- and it is not decided yet
  reversed_minor     integer not null default 0 check (reversed_minor between 0 and minor),
  anomaly            text,                  -- what must not happen, and did: an operator has to look
  mail               text,                  -- what the buyer is to be told by mail, until that is done
  due_at             integer,               -- when the reconciler does something about it
  forgotten_at       integer,               -- when its buyer was forgotten: nothing personal is written to it any more
  created_at         integer not null,
  updated_at         integer not null,
  primary key (account_id, id),
  foreign key (account_id, package_id) references packages (account_id, id),
  constraint order_is_granted_with_its_payment
    check ((payment is null) = (package_id is null) and (payment is null) = (paid_at is null)),
  constraint order_session_is_whole
    check ((session_id is null) = (session_url is null) and (session_id is null) = (session_expires_at is null)),
  constraint order_payment_is_unique unique (processor, payment)
) strict, without rowid;

create unique index order_key_is_used_once on orders (account_id, idempotency_key) where idempotency_key is not null;

-- Nobody needs two pages to pay one thing.
create unique index order_is_open_once on orders (account_id, offer, currency) where state in ('created', 'open');

create index orders_by_session on orders (session_id) where session_id is not null;

create index orders_due on orders (due_at) where due_at is not null;

create index orders_to_mail on orders (id) where mail is not null;

create trigger orders_begin before insert on orders
when new.state <> 'created' or new.version <> 0 or new.payment is not null
begin
  select raise(abort, 'order_does_not_begin');
end;

create trigger orders_are_paid_with_their_state before update on orders
when (new.payment is not null) <> (select is_paid from order_states where state = new.state)
begin
  select raise(abort, 'order_payment_does_not_fit_its_state');
end;

-- What was ordered is final, and so is its payment.
create trigger orders_keep_their_terms before update on orders
when new.processor <> old.processor or new.is_live <> old.is_live or new.offer <> old.offer or new.name <> old.name
  or new.credits <> old.credits or new.currency <> old.currency or new.minor <> old.minor or new.days is not old.days
  or new.created_at <> old.created_at
  or old.payment is not null and (new.payment is not old.payment or new.package_id is not old.package_id)
begin
  select raise(abort, 'order_terms_are_final');
end;

create trigger orders_stay before delete on orders
begin
  select raise(abort, 'orders_are_never_deleted');
end;

create trigger blocked_accounts_buy_nothing before insert on orders
when exists (select 1 from account_blocks where account_id = new.account_id)
begin
  select raise(abort, 'account_is_blocked');
end;

-- The kinds of reversals.
create table reversal_kinds (
  kind text primary key not null
) strict, without rowid;
insert into reversal_kinds values ('refund'), ('dispute');

-- Money of a payment that goes back, or may: each refund and dispute, as its processor told last.
create table reversals (
  account_id text    not null,
  order_id   text    not null,
  id         text    not null,              -- the processor's
  kind       text    not null references reversal_kinds (kind),
  stage      text    not null,
  minor      integer not null check (minor >= 0),
  noted_at   integer not null,
  updated_at integer not null,
  primary key (account_id, order_id, id),
  foreign key (account_id, order_id) references orders (account_id, id)
) strict, without rowid;

create trigger reversals_keep_their_kind before update on reversals
when new.kind <> old.kind
begin
  select raise(abort, 'reversal_kind_is_final');
end;

create trigger reversals_stay before delete on reversals
begin
  select raise(abort, 'reversals_are_never_deleted');
end;

-- Reversals that were told before their payment was seen, or of payments that are none of ours: they wait for it.
create table early_reversals (
  processor text    not null,
  payment   text    not null,
  id        text    not null,
  is_live   integer not null check (is_live in (0, 1)),
  currency  text    not null,
  kind      text    not null references reversal_kinds (kind),
  stage     text    not null,
  minor     integer not null check (minor >= 0),
  told_at   integer not null,
  primary key (processor, payment, id, stage)
) strict, without rowid;

-- Refunds that operators ask for, written before the processor is asked: its answer may be lost.
create table refunds (
  account_id text    not null,
  order_id   text    not null,
  key        text    not null,              -- what the processor knows the request by
  minor      integer not null check (minor > 0),
  reason     text    not null check (length(reason) > 0),
  operator   text    not null,
  request    text,                          -- the operator's idempotency key
  asked_at   integer not null,              -- when the processor was last asked: nobody else asks meanwhile
  outcome    text,                          -- null: not known yet
  reversal   text,                          -- the processor's id of the refund
  created_at integer not null,
  primary key (account_id, order_id, key),
  foreign key (account_id, order_id) references orders (account_id, id)
) strict, without rowid;

create unique index refund_key_is_used_once on refunds (account_id, order_id, request) where request is not null;

-- An order's refunds one after the other, so that two operators do not give the same money back twice.
create unique index refunds_are_asked_for_one_by_one on refunds (account_id, order_id) where outcome is null;

-- Packages whose owners were told by mail that their credits expire soon.
create table expiry_notices (
  account_id text    not null,
  package_id text    not null,
  told_at    integer not null,
  primary key (account_id, package_id),
  foreign key (account_id, package_id) references packages (account_id, id)
) strict, without rowid;
