/** Longest DNS label, Kubernetes namespace and Service name. */
export const labelLimit = 63;

const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Whether a text is one lower-case DNS label (RFC 1123), at most 63 characters. */
export function isDnsLabel(text: string): boolean {
  return text.length <= labelLimit && label.test(text);
}

/** Whether a text is a lower-case DNS name of one or more labels, at most 253 characters. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isDnsLabel);
}

/** Lower case, everything that is no letter or digit a single hyphen, none at either end. May be empty. */
export function toDnsText(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
