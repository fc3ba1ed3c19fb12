export function Revenue() {
  return <h1>Revenue</h1>;
}
