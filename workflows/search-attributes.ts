import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../domain/search-attributes.ts';

export const previewRepo = defineSearchAttributeKey('PreviewRepo', searchAttributes.PreviewRepo);
export const previewPr = defineSearchAttributeKey('PreviewPr', searchAttributes.PreviewPr);
export const previewSha = defineSearchAttributeKey('PreviewSha', searchAttributes.PreviewSha);
export const previewPhase = defineSearchAttributeKey('PreviewPhase', searchAttributes.PreviewPhase);
export const previewDeadline = defineSearchAttributeKey('PreviewDeadline', searchAttributes.PreviewDeadline);
