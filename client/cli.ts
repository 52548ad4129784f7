#!/usr/bin/env node
import { runCommandLine } from './cli/program.ts';

// whoever reads may have had enough: preview list | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
