import type { Addresses } from './addresses.ts';
import type { ToolName } from './obtain/index.ts';
import type { Progress } from './progress.ts';
import type { Part, Stack } from './stack.ts';
import type { ProcessSpec } from './state.ts';
import type { ToolFinder } from './tools.ts';
import type { WaitOptions } from './wait.ts';

/** What a part gets to start itself with. */
export interface PartContext {
  readonly addresses: Addresses;
  /** The part's own folder, empty at a first start. */
  readonly folder: string;
  readonly progress: Progress;
  readonly tool: ToolFinder;
  /** What other parts told so far; a part reads only what it `needs`. */
  readonly stack: Stack;
  /** Starts a process of this part that outlives us. */
  run(spec: ProcessSpec): Promise<void>;
  /** Waits, and gives up at once, with the log's last lines, when one of this part's processes dies. */
  wait<T>(attempt: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T>;
}

/** One startable part of the stack. */
export interface PartDefinition<Name extends Part = Part> {
  readonly name: Name;
  /** Parts that must be up before this one starts. */
  readonly needs: readonly Part[];
  /** Tools it starts or calls, in the order in which they are needed. */
  readonly tools: readonly ToolName[];
  /** True if it listens on the host's end of the network or runs in it. */
  readonly network: boolean;
  /** Starts it from nothing; returns what others need to know, once it answers. */
  start(context: PartContext): Promise<PartResult<Name>>;
  /** Called before processes that died are started again. */
  beforeRestart?(context: PartContext): Promise<void>;
  /** Resolves once it answers; used after its processes were found running or were started again. */
  ready(context: PartContext): Promise<void>;
}

/** What a part adds to `Stack`. */
export type PartResult<Name extends Part = Part> = Name extends keyof Stack
  ? NonNullable<Stack[Name]>
  : undefined;
