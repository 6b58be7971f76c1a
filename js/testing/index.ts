/** For tests of hosts: a mock client, the checks that every store must pass, and a reference store in memory. */
export { ToklinkError } from '../errors.js';
export { accountStoreConformance } from './conformance.js';
export type { ConformanceCheck, StoreUnderTest } from './conformance.js';
export { MemoryAccountStore } from './memory.js';
export { createMockClient } from './mock-client.js';
export type { MockCall, MockClient, MockMethod } from './mock-client.js';
