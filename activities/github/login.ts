import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** How we log in at GitHub: by a person's or robot's token, or as a GitHub App. */
export type GitHubLogin = { readonly token: string } | { readonly app: GitHubApp };

export interface GitHubApp {
  /** Its id, or its client id. */
  readonly id: string;
  /** PEM (PKCS#8). */
  readonly privateKey: string;
  /** Null: that of each repository's owner, as GitHub says. */
  readonly installationId: number | null;
}

/**
 * Reads the login from the environment: `GITHUB_TOKEN`, or `GITHUB_APP_ID` with `GITHUB_APP_PRIVATE_KEY` (PEM; line
 * breaks may be written `\n`) or `GITHUB_APP_PRIVATE_KEY_FILE`, and perhaps `GITHUB_APP_INSTALLATION_ID`. Exactly one of
 * the two ways; what is empty counts as not set.
 *
 * @param problems gets everything that is wrong; the answer is of use only if it gets nothing. Secrets are not repeated.
 */
export function readGitHubLogin(env: NodeJS.ProcessEnv, problems: string[]): GitHubLogin {
  const token = env['GITHUB_TOKEN'] ?? '';
  const given = appVariables.filter((name) => env[name]);
  if (given.length === 0) {
    if (token === '') problems.push(`GITHUB_TOKEN is not set: ${wanted}`);
    return { token };
  }
  if (token !== '') {
    problems.push(
      `GITHUB_TOKEN and ${given.join(', ')} are set: there must be one way to log in, a token or a GitHub App`,
    );
  }
  const id = env['GITHUB_APP_ID'] ?? '';
  if (id === '')
    problems.push(`GITHUB_APP_ID is not set, but ${given.join(', ')}: the App's id, or client id`);
  else if (!/^(?:\d+|Iv\w[\w.]*)$/.test(id))
    problems.push(`GITHUB_APP_ID must be an App's id such as 123456, or its client id, not "${id}"`);
  const installation = env['GITHUB_APP_INSTALLATION_ID'] || null;
  if (installation !== null && !/^[1-9]\d{0,14}$/.test(installation))
    problems.push(`GITHUB_APP_INSTALLATION_ID must be an installation's number, not "${installation}"`);
  const installationId = installation === null ? null : Number(installation);
  return { app: { id, privateKey: readPrivateKey(env, problems), installationId } };
}

const appVariables = [
  'GITHUB_APP_ID',
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_APP_PRIVATE_KEY_FILE',
  'GITHUB_APP_INSTALLATION_ID',
] as const;

const wanted =
  "a token that may read the repositories and write comments and deployments; or a GitHub App's GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, or GITHUB_APP_PRIVATE_KEY_FILE";

function readPrivateKey(env: NodeJS.ProcessEnv, problems: string[]): string {
  const { GITHUB_APP_PRIVATE_KEY: text, GITHUB_APP_PRIVATE_KEY_FILE: file } = env;
  if (text && file) {
    problems.push('GITHUB_APP_PRIVATE_KEY and GITHUB_APP_PRIVATE_KEY_FILE are both set: give one of them');
    return '';
  }
  if (text) return readPem(text, 'GITHUB_APP_PRIVATE_KEY', problems);
  if (file) return readPem(readText(file, problems), `GITHUB_APP_PRIVATE_KEY_FILE ${file}`, problems);
  problems.push('GITHUB_APP_PRIVATE_KEY is not set: the private key of the GitHub App, or a file with it');
  return '';
}

/** Null when it could not be read, and that is a problem already. */
function readText(file: string, problems: string[]): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'no reason' } = error as NodeJS.ErrnoException;
    problems.push(`GITHUB_APP_PRIVATE_KEY_FILE ${file} cannot be read: ${code}`);
    return null;
  }
}

function readPem(text: string | null, where: string, problems: string[]): string {
  if (text === null) return '';
  try {
    const key = createPrivateKey(text.replaceAll(String.raw`\n`, '\n').trim());
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // The cause may quote the key.
  }
  problems.push(
    `${where} must hold the RSA private key that GitHub gave for the App: PEM, from "-----BEGIN RSA PRIVATE KEY-----"`,
  );
  return '';
}
