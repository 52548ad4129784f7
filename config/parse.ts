export { parsePlatformConfig } from './platform.ts';
export { parsePreviewConfig } from './preview.ts';
