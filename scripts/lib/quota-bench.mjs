// Compares quota checks and counts from JavaScript with the memory store of rate-limiter-flexible, which has one fixed
// window per key and returns promises.

import { RateLimiterMemory } from 'rate-limiter-flexible';

const ROUNDS = 11;
const CALLS = 20_000;
const ACCOUNTS = 100;
/** Goal for the duration of a call, nanoseconds. */
const AIM_NS = 250;

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const ns = (value) => `${value.toFixed(0)} ns`.padStart(9);

/** Measures processor time, because other programs on the machine affect the elapsed time. */
async function round(calls) {
  const began = process.cpuUsage();
  await calls();
  const { user, system } = process.cpuUsage(began);
  return ((user + system) * 1000) / CALLS;
}

async function against(what, ours, theirs) {
  const rounds = [];
  for (let n = 0; n < ROUNDS; n++) rounds.push([await round(ours), await round(theirs)]);
  const [our, their] = [median(rounds.map((r) => r[0])), median(rounds.map((r) => r[1]))];
  const words = `${what.padEnd(34)}${ns(our)}   rate-limiter-flexible${ns(their)}`;
  console.log(`${words}   ratio ${(our / their).toFixed(2)}   (goal ${AIM_NS} ns)`);
}

/** Prints the cost of a check and a count with `client`. Resets its windows between the rounds. */
export async function benchQuota(client) {
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => ({ tenant: 'workspace-1', accountId: `-000user${n}` }));
  const peer = new RateLimiterMemory({ points: 1_000_000_000, duration: 60 });
  const keys = accounts.map(({ tenant, accountId }) => `${tenant}/${accountId}/creatorInfo`);
  const check = () => {
    for (let n = 0; n < CALLS; n++) {
      if (!client.checkQuota(accounts[n % ACCOUNTS], 'creatorInfo').allowed) throw new Error('a window is full, although the benchmark stays below the limit');
    }
  };
  const count = () => {
    for (let n = 0; n < CALLS; n++) client.incrementQuota(accounts[n % ACCOUNTS], 'creatorInfo');
    for (const account of accounts) client.resetQuota(account);
  };
  const get = async () => {
    for (let n = 0; n < CALLS; n++) await peer.get(keys[n % ACCOUNTS]);
  };
  const consume = async () => {
    for (let n = 0; n < CALLS; n++) await peer.consume(keys[n % ACCOUNTS]);
  };
  await against('quota check, from JavaScript', check, get);
  await against('quota count, from JavaScript', count, consume);
}
