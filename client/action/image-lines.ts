import type { ReportedImage } from '../../domain/messages.ts';
import { imagesAtMost } from '../../domain/read-message.ts';
import { quoted } from './input-reader.ts';

/** What was read of the input `images`, and what is wrong with it, one sentence each. */
export interface ImageLines {
  readonly images: readonly ReportedImage[];
  readonly wrong: readonly string[];
}

/** What stands in place of a digest where CI left a service alone. */
const notBuilt = 'not-built';

/**
 * Reads the input `images`: one image a line, `service=digest` for all images of a service or `service.image=digest`
 * for one of them. A digest is `sha256:…`, alone or after the name it was pushed under; `not-built` says that there is
 * none for this commit. Blank lines and lines that begin with `#` mean nothing.
 */
export function readImageLines(text: string): ImageLines {
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const read = lines.map(readLine);
  const images = read.flatMap((one) => (typeof one === 'string' ? [] : [one]));
  const wrong = read.flatMap((one) => (typeof one === 'string' ? [one] : []));
  const named = images.map(nameOf);
  const twice = new Set(named.filter((name, index) => named.indexOf(name) !== index));
  return {
    images,
    wrong: [
      ...wrong,
      ...[...twice].map((name) => `names ${name} more than once`),
      ...(images.length > imagesAtMost
        ? [`has ${images.length} images, at most ${imagesAtMost} are taken`]
        : []),
    ],
  };
}

/** The image, or what is wrong with the line. */
function readLine(line: string): ReportedImage | string {
  const [, name = '', value = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) ?? [];
  const [, service, image = null] =
    /^([a-z0-9-]{1,63})(?:\.([A-Za-z][A-Za-z0-9_-]{0,199}))?$/.exec(name) ?? [];
  const shown = quoted(line);
  if (service === undefined)
    return `has the line ${shown}, wanted service=sha256:… or service.image=sha256:…`;
  if (value === '') {
    // an output that a skipped step never set is empty: that may be meant, or a mistyped name
    return `has nothing after ${quoted(`${name}=`)}: is the output of the build step empty? ${notBuilt} says that there is no image`;
  }
  if (value === notBuilt) return { service, image, digest: null };
  const [digest] = /(?<=^|[^\s@]@)sha256:[0-9a-f]{64}$/.exec(value) ?? [];
  if (digest === undefined || /\s/.test(value))
    return `has the line ${shown}, wanted a digest sha256:<64 hex digits> after the = (a tag alone may move), or ${notBuilt}`;
  return { service, image, digest };
}

function nameOf({ service, image }: ReportedImage): string {
  return image === null ? service : `${service}.${image}`;
}
