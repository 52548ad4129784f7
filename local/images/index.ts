export { buildExampleImages } from './example.ts';
export type { BuiltService, ExampleImages, ExampleService, Fault, PushedImage } from './example.ts';
export { buildPauseImage, PAUSE_IMAGE } from './pause.ts';
