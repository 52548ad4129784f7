import type { Checks } from './checks.ts';
import type { DescribedAnswer, Description, Operation } from './description.ts';
import type { Exchange } from './exchange.ts';

/** What is wrong with a request by GitHub's description; nothing when all is right. */
export function requestFaults({ find, checks }: Description, exchange: Exchange): string[] {
  const [path = '', query = ''] = exchange.path.split('?', 2);
  const found = find(exchange.method, path);
  if (found === undefined) return [`GitHub describes no ${exchange.method} ${path}`];
  const { operation, parts } = found;
  const asked = Object.fromEntries(new URLSearchParams(query));
  return [
    ...checks.text(operation.path, parts).map((fault) => `path: ${fault}`),
    ...checks.text(operation.query, asked).map((fault) => `query: ${fault}`),
    ...bodyFaults(operation, exchange, checks),
  ];
}

function bodyFaults({ body }: Operation, { sent }: Exchange, { json }: Checks): string[] {
  if (sent === undefined) return body?.required ? ['body: none was sent'] : [];
  const schema = body?.content?.['application/json']?.schema;
  if (schema === undefined) return ['body: none is described'];
  return json(schema, sent).map((fault) => `body: ${fault}`);
}

/** What is wrong with an answer by GitHub's description; nothing when all is right. */
export function answerFaults({ find, checks }: Description, exchange: Exchange): string[] {
  const { method, path, status } = exchange;
  const operation = find(method, path.split('?', 1)[0] ?? '')?.operation;
  if (operation === undefined) return [`GitHub describes no ${method} ${path}`];
  const described = operation.answers[String(status)];
  // GitHub answers any of these everywhere, and describes them here and there, now and then without their content.
  if (described?.content === undefined && status >= 400) return checks.json(anyRefusal, exchange.answered);
  if (described === undefined) return [`status: ${status} is not described`];
  return [...headerFaults(described, exchange), ...contentFaults(described, exchange, checks)];
}

const anyRefusal = { $ref: '#/components/schemas/basic-error' };

/** A list of one page has no link to another. */
function headerFaults({ headers = {} }: DescribedAnswer, exchange: Exchange): string[] {
  const missing = Object.keys(headers).filter(
    (name) => !exchange.headers.has(name) && name.toLowerCase() !== 'link',
  );
  return missing.map((name) => `header: there is no ${name}`);
}

function contentFaults({ content }: DescribedAnswer, exchange: Exchange, { json }: Checks): string[] {
  const type = exchange.headers.get('content-type')?.split(';', 1)[0]?.trim();
  if (content === undefined) return type === undefined ? [] : [`content: ${type} came, nothing is described`];
  const schema = content[type ?? '']?.schema;
  if (schema === undefined)
    return [`content: ${String(type)} came, ${Object.keys(content).join()} is described`];
  return json(schema, exchange.answered).map((fault) => `content: ${fault}`);
}
