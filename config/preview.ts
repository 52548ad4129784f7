import type { PreviewConfig } from '../domain/config.ts';
import { readConfig } from './read-config.ts';
import { previewFaults } from './preview-rules.ts';
import { previewSchema } from './preview-schema.ts';
import type { Parsed } from './problem.ts';

/**
 * Reads the application's `preview.yaml`. Every problem comes at once, with line and column, templates included.
 *
 * @param file its name, as problems shall call it.
 */
export function parsePreviewConfig(text: string, file: string): Parsed<PreviewConfig> {
  return readConfig(text, {
    file,
    type: 'InvalidPreviewConfig',
    schema: previewSchema,
    rules: previewFaults,
  });
}
