export function Flags() {
  return <h1>Flags</h1>;
}
