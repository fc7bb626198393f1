import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { HttpModule, HttpService } from '@nestjs/axios';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
  Req,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import passport from 'passport';
import { firstValueFrom } from 'rxjs';
import { redisSessions, sessionCookie } from './redis-sessions.js';
import { authorizationFor, securityHeaders, tenantFor, userOf } from './tenants.js';

/** The BFF that follows the chapters of Nest's documentation: controllers, guards, pipes, sessions, Passport, HttpModule. */
class PageQuery {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  pageSize?: number;

  @IsOptional()
  @IsString()
  pageToken?: string;
}

class SignIn {
  @IsString()
  email = '';

  @IsString()
  password = '';
}

@Injectable()
class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest<Request>().isAuthenticated()) return true;
    throw new UnauthorizedException();
  }
}

@Controller('session')
class SessionController {
  @Post()
  @HttpCode(204)
  async signIn(@Body() { email, password }: SignIn, @Req() request: Request): Promise<void> {
    const person = userOf(email, password);
    if (person === undefined) throw new UnauthorizedException();
    await new Promise<void>((resolve, reject) =>
      request.login(person, (error: unknown) => (error ? reject(error as Error) : resolve())),
    );
  }
}

@Controller('v1/tenants/:tenant/whatsapp')
@UseGuards(SessionGuard)
class AccountsController {
  constructor(private readonly http: HttpService) {}

  @Get()
  account(@Param('tenant') tenant: string, @Req() request: Request): Promise<unknown> {
    return this.get(tenant, request, 'whatsapp', {});
  }

  @Get('activities')
  activities(
    @Param('tenant') tenant: string,
    @Req() request: Request,
    @Query() query: PageQuery,
  ): Promise<unknown> {
    return this.get(tenant, request, 'whatsapp/activities', query);
  }

  private async get(id: string, { user }: Request, path: string, params: object): Promise<unknown> {
    const tenant = tenantFor(user, id);
    if (tenant === undefined) throw new NotFoundException();
    const authorization = await authorizationFor(tenant);
    const url = `${process.env['UPSTREAM']}/v1/projects/${tenant.projectId}/${path}`;
    const { data } = await firstValueFrom(
      this.http.get<unknown>(url, { params, headers: { authorization } }),
    );
    return data;
  }
}

@Module({ imports: [HttpModule], controllers: [SessionController, AccountsController] })
class AppModule {}

passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user: Express.User, done) => done(null, user));

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
app.set('trust proxy', 'loopback');
app.use((request: Request, response: Response, next: NextFunction) => {
  response.set(securityHeaders);
  if (request.headers['x-csrf'] === '1') next();
  else response.sendStatus(403);
});
app.use(
  session({
    name: '__Host-bff-session',
    secret: randomBytes(32).toString('base64url'),
    resave: false,
    saveUninitialized: false,
    store: await redisSessions(),
    cookie: sessionCookie,
  }),
);
app.use(passport.initialize());
app.use(passport.session());
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
app.getHttpServer().keepAliveTimeout = 75_000;
await app.listen(Number(process.env['PORT']), '127.0.0.1');
