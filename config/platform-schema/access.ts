import { z } from 'zod';

/** Who may do what. */
export const access = z
  .strictObject({
    trigger: z
      .enum(['auto', 'command', 'label'])
      .default('auto')
      .describe(
        'What starts a preview: `auto` any push, `command` a `/preview` comment, `label` the label below. A command starts one whatever stands here, and one that is there is kept true to the head by every push.',
      ),
    label: z
      .string()
      .min(1)
      .default('preview')
      .describe(
        'The label that starts a preview where the trigger is `label`; upper and lower case are the same. Taking the label off takes no preview away: close it.',
      ),
    drafts: z
      .enum(['command', 'never'])
      .default('command')
      .describe('What starts a preview of a draft: a `command`, or nothing ever.'),
    outsiders: z
      .enum(['approve', 'never', 'members'])
      .default('approve')
      .describe(
        'What a pull request needs whose author may not write to the repository, is a bot, or comes from a fork. `approve`: somebody with write permission approves each commit. `members`: the same, but members of the organisation pass without. `never`: there is no preview for outsiders.',
      ),
    bases: z
      .array(z.string().min(1))
      .default([])
      .meta({
        description:
          'Base branches whose pull requests get previews. Whoever may push a branch may open a pull request onto it, and then says what its `preview.yaml` and charts are: name the branches that are protected, where that matters.',
        otherwise: 'every branch',
        samples: [['main', 'release']],
      }),
    configFrom: z
      .enum(['base', 'head'])
      .default('base')
      .describe(
        "Whose `preview.yaml` and charts count. `base`: a pull request cannot change how it is deployed; who may push to its base branch can (see `access.bases`). `head`: the pull request's own, but only for people with write access, in the same repository.",
      ),
  })
  .prefault({})
  .describe('Who may have previews, and what starts them.');
