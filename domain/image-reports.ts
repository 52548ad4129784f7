import type { ReportedImage } from './messages.ts';
import { didYouMean } from './nearest.ts';

/** CI's word on one image; null: none. What names the image beats what speaks of all of its service; the last counts. */
export function reportOn(
  reported: readonly ReportedImage[],
  { service, image }: { readonly service: string; readonly image: string },
): ReportedImage | null {
  const own = reported.filter((report) => report.service === service);
  const exact = own.findLast((report) => report.image === image);
  return exact ?? own.findLast((report) => report.image === null) ?? null;
}

/** What CI spoke of and the preview does not have: words for people, one line each. */
export function unknownReports(
  reported: readonly ReportedImage[],
  images: Readonly<Record<string, readonly string[]>>,
): string[] {
  const lines = reported.flatMap(({ service, image }): string[] => {
    const known = Object.hasOwn(images, service) ? images[service] : undefined;
    if (known === undefined)
      return [unknown(`reported images of the service \`${service}\``, service, Object.keys(images))];
    if (image === null || known.includes(image)) return [];
    return [unknown(`reported the image \`${image}\` of the service \`${service}\``, image, known)];
  });
  return [...new Set(lines)];
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  return `CI ${what}, which \`preview.yaml\` does not have${meant === '' ? '.' : meant}`;
}
