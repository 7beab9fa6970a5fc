//! Query plans.

/// The plan of a statement, over the tables as all migrations leave them.
pub(super) fn plan(sql: &str) -> Vec<String> {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(migrations)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let sql = std::fs::read_to_string(file).unwrap();
        database.execute_batch(&sql).unwrap();
    }
    let mut statement = database
        .prepare(&format!("explain query plan {sql}"))
        .unwrap();
    let plan = statement.raw_query().mapped(|row| row.get(3));
    plan.collect::<Result<_, _>>().unwrap()
}
