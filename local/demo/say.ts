/** Says a line to the person who watches. */
export function say(line: string): void {
  console.log(line);
}

/** Does one step and says what it was and how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const live = process.stdout.isTTY;
  const seconds = (): string => ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  const timer = live
    ? setInterval(() => process.stdout.write(`\r${seconds()} s … ${title}`), 100)
    : undefined;
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (live) process.stdout.write('\r');
    say(`${seconds()} s   ${title}`);
  }
}
