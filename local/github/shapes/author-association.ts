import type { Repository } from '../state.ts';
import type { Schema } from './schema.ts';

/** GitHub's rough word for who somebody is. It says nothing of rights: a COLLABORATOR may be one who only reads. */
export function authorAssociation(repository: Repository, login: string): Schema<'author-association'> {
  if (repository.owner.toLowerCase() === login.toLowerCase()) return 'OWNER';
  const listed = Object.keys(repository.roles).some((one) => one.toLowerCase() === login.toLowerCase());
  return listed ? 'COLLABORATOR' : 'NONE';
}
