import type { User } from '../state.ts';
import { user } from '../world.ts';
import type { World } from '../world.ts';
import { nodeId } from './schema.ts';
import type { Schema } from './schema.ts';

export function simpleUser(world: World, login: string): Schema<'simple-user'> {
  const found = user(world, login);
  const url = `${world.url}/users/${encodeURIComponent(found.login)}`;
  return {
    login: found.login,
    id: found.id,
    node_id: nodeId('User', found.id),
    avatar_url: `${world.url}/_avatars/${String(found.id)}`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${encodeURIComponent(found.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: found.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function publicUser(world: World, { login }: User): Schema<'public-user'> {
  return {
    ...simpleUser(world, login),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: world.state.repositories.filter(({ owner }) => owner === login).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  };
}
