export { buildExampleImages, prepareExampleImages } from './example.ts';
export type { BuiltService, ExampleService, PushedImage } from './example.ts';
export type { Fault } from './faults.ts';
export { buildPauseImage } from './pause.ts';
export { buildProductImage } from './product.ts';
