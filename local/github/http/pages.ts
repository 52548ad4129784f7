import type { Call } from './router.ts';

/** Answers with one page of a list and GitHub's Link header; 30 a page unless `per_page` (at most 100) says so. */
export function page<T>(call: Call, items: T[], show: (item: T) => unknown): Promise<Response> {
  const perPage = Math.min(positive(call.url.searchParams.get('per_page')) ?? 30, 100);
  const current = positive(call.url.searchParams.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const shown = items.slice((current - 1) * perPage, current * perPage);
  return Promise.all(shown.map(show)).then((body) => {
    const link = linkHeader(call.url, { current, last });
    return Response.json(body, link === '' ? {} : { headers: { link } });
  });
}

function positive(text: string | null): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

function linkHeader(url: URL, { current, last }: { current: number; last: number }): string {
  const to = (number: number, rel: string) => {
    const target = new URL(url);
    target.searchParams.set('page', String(number));
    return `<${target.href}>; rel="${rel}"`;
  };
  return [
    ...(current > 1 ? [to(Math.min(current - 1, last), 'prev')] : []),
    ...(current < last ? [to(current + 1, 'next'), to(last, 'last')] : []),
    ...(current > 1 ? [to(1, 'first')] : []),
  ].join(', ');
}
