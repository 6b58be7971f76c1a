Feature: TikTok OAuth Integration

  Scenario: Connect TikTok account successfully
    Given I am logged in as a workspace member
    And I am on the workspace settings page
    When I click "Connect TikTok"
    Then I should be redirected to TikTok authorization page
    When TikTok redirects back with authorization code
    Then my TikTok account should be connected
    And I should see my TikTok profile information
    And the account status should be "ACTIVE"
    And its tokens are encrypted in the database

  Scenario: Handle TikTok OAuth errors
    Given I am logged in as a workspace member
    When I initiate TikTok connection
    And TikTok returns an error "access_denied"
    Then I should see an error message
    And no account should be created

  Scenario: Token refresh for expired TikTok tokens
    Given I have a connected TikTok account
    And the access token is expired
    When I try to fetch TikTok metrics
    Then the system should refresh the token automatically
    And the metrics should be retrieved successfully
