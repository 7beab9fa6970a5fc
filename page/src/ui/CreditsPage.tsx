export function CreditsPage() { return <p />; }
