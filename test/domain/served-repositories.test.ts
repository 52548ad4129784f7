import { describe, expect, it } from 'vitest';
import { repositoryProblem } from '../../domain/served-repositories.ts';

const platform = { name: 'previews', repositories: ['Example/Shop', 'example/api'] };

describe('a repository', () => {
  it.each([
    ['example', 'shop'],
    ['EXAMPLE', 'Api'],
  ])('is served whatever its letters’ case: %s/%s', (owner, repository) => {
    expect(repositoryProblem(platform, { owner, repository, number: 1 })).toBeNull();
  });

  it('that is not is named, with those that are and with who can change that', () => {
    expect(repositoryProblem(platform, { owner: 'example', repository: 'shop2', number: 1 })).toEqual({
      type: 'RepositoryNotAllowed',
      where: 'example/shop2#1',
      message:
        'platform "previews" makes previews for Example/Shop, example/api only; its operator can add example/shop2 to `repositories`',
    });
  });
});
