/** Reads inputs by name, and collects what is wrong with them. */
export interface InputReader {
  /** Without blanks around it; empty where it was not given. */
  readonly get: (name: string) => string;
  /** Keeps one problem, which begins with the input's name. */
  readonly wrong: (problem: string) => void;
}

/** What somebody wrote, as it is shown to them: on one line, not too long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
