export default function Home() {
  return <h1>Host</h1>;
}
