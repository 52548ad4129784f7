export { buildExampleImages, prepareExampleImages } from './example.ts';
export type { BuiltService, ExampleService, Fault, PushedImage } from './example.ts';
export { buildPauseImage } from './pause.ts';
export { buildProductImage } from './product.ts';
