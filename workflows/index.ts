// what the worker registers: each exported function is a workflow type
export { capacity } from './capacity.ts';
export { check } from './check.ts';
export { cleanup } from './cleanup.ts';
export { deploy } from './deploy.ts';
export { preview } from './preview.ts';
export { reap } from './reap.ts';
