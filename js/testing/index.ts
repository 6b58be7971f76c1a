/** For those who write a store of their own: what every store must keep, and one in memory to compare with. */
export { accountStoreConformance } from './conformance.js';
export type { ConformanceCheck, StoreUnderTest } from './conformance.js';
export { MemoryAccountStore } from './memory.js';
