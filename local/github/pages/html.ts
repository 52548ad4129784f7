/** A piece of HTML; only `html` and `trusted` make one. */
export interface Html {
  readonly html: string;
}

/** A template whose values are escaped, but for those that are HTML already. */
export function html(parts: TemplateStringsArray, ...values: (Html | Html[] | string | number)[]): Html {
  const shown = values.map((value) => {
    if (Array.isArray(value)) return value.map((one) => one.html).join('');
    return typeof value === 'object' ? value.html : escape(String(value));
  });
  return { html: String.raw({ raw: parts }, ...shown) };
}

/** Marks text as HTML that needs no escaping. */
export function trusted(text: string): Html {
  return { html: text };
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
