export default function Page() {
  return <h1>toklink</h1>;
}
