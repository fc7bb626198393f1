import { Forwarder, type ForwardScope, type UpstreamAnswer } from '@bff/upstream';
import { Body, Controller } from '@nestjs/common';
import { InputPipe } from '../request/input-pipe.js';
import { Access, Operation } from '../request/operation.js';
import {
  createAccountBody,
  type OnBehalfOfAccountBody,
  type PartnerInitiatedAccountBody,
  UpdateAccountBody,
} from './account-inputs.js';

@Controller()
export class AccountsController {
  constructor(private readonly upstream: Forwarder) {}

  @Operation('account.read')
  read(@Access() access: ForwardScope): Promise<UpstreamAnswer> {
    return this.upstream.forward(access, { method: 'GET', path: 'whatsapp' });
  }

  @Operation('account.create')
  create(
    @Access() access: ForwardScope,
    @Body(new InputPipe({ choose: createAccountBody }))
    body: PartnerInitiatedAccountBody | OnBehalfOfAccountBody,
  ): Promise<UpstreamAnswer> {
    return this.upstream.forward(access, { method: 'POST', path: 'whatsapp', body });
  }

  @Operation('account.update')
  update(
    @Access() access: ForwardScope,
    @Body(new InputPipe()) body: UpdateAccountBody,
  ): Promise<UpstreamAnswer> {
    return this.upstream.forward(access, { method: 'PATCH', path: 'whatsapp', body });
  }

  @Operation('account.delete')
  delete(@Access() access: ForwardScope): Promise<UpstreamAnswer> {
    return this.upstream.forward(access, { method: 'DELETE', path: 'whatsapp' });
  }
}
