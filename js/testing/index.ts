/** Tools for a host's tests: a mock client, the checks that every store must pass, and a reference store in memory. */
export { ToklinkError } from '../errors.js';
export { storeConformance } from './conformance/index.js';
export type { ConformanceCheck, StoreUnderTest } from './conformance/index.js';
export { MemoryStore } from './memory.js';
export { createMockClient } from './mock-client.js';
export type { MockCall, MockClient, MockMethod } from './mock-client.js';
