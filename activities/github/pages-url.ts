import type { Octokit } from 'octokit';

/** Where GitHub's pages for people are, without a final slash: beside the API on github.com, above it elsewhere. */
export function pagesUrl(octokit: Octokit): string {
  const { baseUrl } = octokit.request.endpoint.DEFAULTS;
  if (baseUrl === 'https://api.github.com') return 'https://github.com';
  return baseUrl.replace(/\/api\/v3$/, '').replace(/^https:\/\/api\.(?=[^/]+\.ghe\.com$)/, 'https://');
}
