-- Jobs of all accounts by their age, which their names tell: for operators, who ask for the newest, or for the last day.
create index jobs_by_age on jobs (id);
